import type { TenantUsageDto } from './dto/tenant-usage.dto.js';

const number = new Intl.NumberFormat('en');

/** What a tenant sees of his month. His name is of letters, digits, _ and - alone. */
export function usagePage({
  tenant,
  plan,
  included,
  used,
  overage,
  resetsAt,
}: TenantUsageDto): string {
  const beyond = overage > 0 ? `<p>${number.format(overage)} calls are beyond these.</p>` : '';
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Usage of ${tenant}</title>
  <body style="font: 16px system-ui; max-width: 30em; margin: 3em auto">
    <h1>${tenant}, plan ${plan}</h1>
    <meter max="${included}" value="${Math.min(used, included)}" style="width: 100%"></meter>
    <p>${number.format(used)} of ${number.format(included)} calls are used.</p>
    ${beyond}
    <p>The next month begins at <time>${resetsAt.toISOString()}</time>.</p>
  </body>
</html>
`;
}
