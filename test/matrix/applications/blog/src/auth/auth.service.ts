import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { Injectable, UnauthorizedException } from '@nestjs/common';
import { UsersService } from '../users/users.service';
import { tokenOf } from './tokens';

const hash = (password: string, salt: string): string =>
  `${salt}:${scryptSync(password, salt, 32).toString('hex')}`;

@Injectable()
export class AuthService {
  constructor(private readonly users: UsersService) {}

  async register(email: string, password: string): Promise<{ token: string }> {
    const { id } = await this.users.create(email, hash(password, randomBytes(16).toString('hex')));
    return { token: tokenOf(id) };
  }

  async login(email: string, password: string): Promise<{ token: string }> {
    const user = await this.users.findByEmail(email);
    const [salt = ''] = user?.passwordHash.split(':') ?? [];
    const given = Buffer.from(hash(password, salt));
    const expected = Buffer.from(user?.passwordHash ?? '');
    if (user === null || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new UnauthorizedException();
    }
    return { token: tokenOf(user.id) };
  }
}
