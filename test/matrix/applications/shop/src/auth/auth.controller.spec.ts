import { UnauthorizedException } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';

describe('AuthController', () => {
  it('refuses as its service does', async () => {
    const login = () => Promise.reject(new UnauthorizedException());
    const module = await Test.createTestingModule({
      controllers: [AuthController],
      providers: [{ provide: AuthService, useValue: { login } }],
    }).compile();
    const controller = module.get(AuthController);
    await expect(controller.login({ email: 'a', password: 'b' })).rejects.toThrow(
      UnauthorizedException,
    );
  });
});
