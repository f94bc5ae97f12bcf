/** The longest `setTimeout`, in milliseconds, some 24 days: one that is longer fires at once. */
export const MAX_TIMER_MS = 2_147_483_647;
