/** The command line is wrong, or asks for what must not be done: nothing was changed. */
export class Refusal extends Error {}
