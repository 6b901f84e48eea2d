/** What a command says of things that were not as it had read them. `shown`: the verb that shows how they are now. */
export const changedSince = (count: number, shown: string): string =>
  `${count} of them changed since they were read, or somebody else has had them counted or discarded: nothing was done about these. ` +
  `Look again by "fastcounter ${shown}"`;
