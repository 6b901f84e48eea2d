import type { Settings } from './run.js';

/** Three months, in February the shortest, with clocks that are moved in New York and Berlin. */
export const QUARTER: Settings = {
  seed: 18,
  tenants: 2000,
  days: ['2027-01-01', '2027-04-03'],
  roundsADay: 2,
  visits: 45,
  samples: 100,
  ownDatabase: true,
  happenings: {
    '2027-01-20': ['schema'],
    '2027-01-28': ['corrections'],
    '2027-01-31': ['Redis is killed over the end of the month'],
    '2027-02-02': ['close'],
    '2027-02-04': ['mergers'],
    '2027-02-05': ['corrections'],
    '2027-02-12': ['imports'],
    '2027-02-28': ['cut off', 'the database is killed over the end of the month'],
    '2027-03-02': ['close'],
    '2027-03-06': ['thaw'],
    '2027-03-10': ['back up'],
    '2027-03-12': ['restore'],
    '2027-03-20': ['deployment'],
    '2027-03-25': ['corrections'],
    '2027-03-31': ['Redis freezes over the end of the month'],
    '2027-04-02': ['close'],
    '2027-04-03': ['corrections'],
  },
};

/** Some days around the end of one month. */
export const MONTH_END: Settings = {
  seed: 40,
  tenants: 40,
  days: ['2027-01-29', '2027-02-04'],
  roundsADay: 2,
  visits: 12,
  samples: 40,
  happenings: {
    '2027-01-31': ['Redis freezes over the end of the month'],
    '2027-02-01': ['schema'],
    '2027-02-02': ['close', 'mergers', 'corrections', 'back up'],
    '2027-02-03': ['restore', 'imports'],
  },
};
