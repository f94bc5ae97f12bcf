/** Express 4 beside Express 5, of which the types are: what the tests use is the same. */
declare module 'express4' {
  import express from 'express';

  const express4: typeof express;
  export = express4;
}
