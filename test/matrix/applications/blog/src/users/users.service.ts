import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { User } from './user.entity';

@Injectable()
export class UsersService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  create(email: string, passwordHash: string): Promise<User> {
    return this.users.save({ email, passwordHash });
  }

  async emailOf(id: number): Promise<string | undefined> {
    return (await this.users.findOneBy({ id }))?.email;
  }

  findByEmail(email: string): Promise<User | null> {
    return this.users.findOneBy({ email });
  }
}
