/** What a connection to a proxy is given to talk to. */
export interface Backend {
  open(client: ReplySink): BackendConnection;
}

/** Where a backend's replies go. */
export interface ReplySink {
  /** Returns false when the client does not keep up; `resume` tells when it does again. */
  reply(bytes: Buffer): boolean;
  /** The backend has ended the conversation. */
  end(): void;
}

export interface BackendConnection {
  /** Returns false when the backend does not keep up; it then calls `writable`. */
  request(bytes: Buffer): boolean;
  /** Set by whoever sends requests. */
  onWritable: () => void;
  pause(): void;
  resume(): void;
  close(): void;
}
