import { createHash } from 'node:crypto';
import { Injectable, UnauthorizedException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Customer } from './customer.entity';
import { tokenOf } from './tokens';

// a real shop takes a slow hash with a salt for each customer
const hash = (password: string): string =>
  createHash('sha256').update(`salt:${password}`).digest('hex');

@Injectable()
export class AuthService {
  constructor(@InjectRepository(Customer) private readonly customers: Repository<Customer>) {}

  async login(email: string, password: string): Promise<{ token: string }> {
    const customer = await this.customers.findOneBy({ email, password: hash(password) });
    if (customer === null) throw new UnauthorizedException();
    return { token: tokenOf(customer.id) };
  }
}
