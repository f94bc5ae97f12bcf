/** One listener a signal, however many calls share it: Node warns of more than ten, and walks them all. */
const watched = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal aborts; gives what lets go of it. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = watched.get(signal);
  if (callbacks === undefined) {
    callbacks = listen(signal);
    watched.set(signal, callbacks);
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of callbacks) callback();
    },
    { once: true },
  );
  return callbacks;
}
