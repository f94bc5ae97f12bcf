/**
 * A promise for a call that takes a callback: cheaper than util.promisify, which passes its arguments on.
 *
 * @param {(done: (error: unknown, value?: any) => void) => void} call
 * @returns {Promise<any>}
 */
export const promised = (call) =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
