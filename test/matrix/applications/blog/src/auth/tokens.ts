import { createHmac, timingSafeEqual } from 'node:crypto';

const secret = process.env.TOKEN_SECRET ?? 'only for development';
const sign = (id: string): string => createHmac('sha256', secret).update(id).digest('hex');

export const tokenOf = (id: number): string => `${id}.${sign(String(id))}`;

/** The id of the user whose token this is. */
export function userIdOf(token: string): number | undefined {
  const [id = '', signature = ''] = token.split('.');
  const [given, expected] = [Buffer.from(signature), Buffer.from(sign(id))];
  const isRight = given.length === expected.length && timingSafeEqual(given, expected);
  return isRight ? Number(id) : undefined;
}
