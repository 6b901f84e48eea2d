/** Three significant digits, as people write them. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', {
    maximumFractionDigits: Math.max(0, Math.min(2 - magnitude, 4)),
  });
}
