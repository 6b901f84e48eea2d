// Imported before anything else: the clock of this process is ahead by CLOCK_AHEAD milliseconds, until it is set.
let ahead = Number(process.env.CLOCK_AHEAD);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + ahead);
    else super(...given);
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

/** From now on it is this time, and goes on from there. */
globalThis.setClock = (at) => {
  ahead = at - RealDate.now();
};
