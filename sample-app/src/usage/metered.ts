/** All metered calls, by tenant and endpoint. */
export const API_CALLS = 'api.calls';

export const ENDPOINTS = ['words', 'reverse'] as const;
