import { binaryReplyParser } from './binary-reply-parser.ts';
import { clusterConfig } from './cluster-config.ts';
import { embeddedServer } from './embedded-server.ts';
import type { FuzzProperty } from './fuzz-property.ts';
import { jsonCodecProperties } from './json-codec.ts';
import { keyEncoder } from './key-encoder.ts';
import { pythonCodecProperties } from './python-codec.ts';
import { replyParser } from './reply-parser.ts';
import { wrappedValues } from './wrapped-values.ts';

export const properties: readonly FuzzProperty[] = [
  ...replyParser,
  ...binaryReplyParser,
  ...clusterConfig,
  ...embeddedServer,
  ...jsonCodecProperties,
  ...pythonCodecProperties,
  ...keyEncoder,
  ...wrappedValues,
];
