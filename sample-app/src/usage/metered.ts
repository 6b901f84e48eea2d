/** All metered calls, by tenant and endpoint. */
export const API_CALLS = 'api.calls';

export const ENDPOINTS = ['words', 'reverse'] as const;

/** Calls of a tenant in a month. */
export const MONTHLY_QUOTA = 1000;
