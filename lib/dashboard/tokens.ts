/** The options of a dashboard. */
export const DASHBOARD_OPTIONS = Symbol.for('nestjs-fastcounter:DASHBOARD_OPTIONS');
/** Its controller. */
export const DASHBOARD_CONTROLLER = Symbol.for('nestjs-fastcounter:DASHBOARD_CONTROLLER');
