export { FastCounterDashboardModule } from './dashboard.module.js';
export type { DashboardAccess, FastCounterDashboardOptions } from './dashboard-options.js';
export type { DashboardQuota } from './dashboard-quotas.js';
