const OWN = {
  redis: 'This process counts with Redis, and an embedded one counts',
  embedded: 'This process counts embedded, and others count with Redis',
};
const TO_DO = {
  redis: 'Stop the embedded process, or give it the same "redis"',
  embedded: 'Give this process the same "redis", or stop the others',
};

/** Why an embedded process and one with Redis must not count beside one another: rows stay right, but neither sees what the other has pending. */
export const mixedModes = (own: keyof typeof OWN, namespace: string): string =>
  `${OWN[own]} in namespace "${namespace}" on the same database: totals would leave out the pending counts of the other, and ` +
  `quotas would allow too much. ${TO_DO[own]}, or use another namespace. A process that ended without an orderly ` +
  'shutdown is forgotten after a minute';
