/** Half of the default, which a round can wait for: applications persist a counter half as often. */
export const UPDATE_INTERVAL = 5000;

/** What is persisted in a round is what is persisted in an interval, wherever in it the round begins. */
export const throughAnInterval = {
  warmUp: UPDATE_INTERVAL + 500,
  duration: UPDATE_INTERVAL,
} as const;
