/**
 * The shortest decimal that reads back as the same float32, such as `0.1` for 0.10000000149011612. Valid JSON for
 * every finite number.
 */
export function float32Text(value: number): string {
  if (value === 0 || value === 1) return String(value);
  // 9 significant digits always identify a float32; most need 8, few need less than 7.
  let digits = 7;
  while (digits < 9 && !identifies(value, digits)) digits++;
  while (digits > 1 && identifies(value, digits - 1)) digits--;
  return String(Number(value.toPrecision(digits)));
}

function identifies(value: number, digits: number): boolean {
  return Math.fround(Number(value.toPrecision(digits))) === value;
}
