import { Test } from '@nestjs/testing';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';

describe('AuthController', () => {
  it('answers a token', async () => {
    const module = await Test.createTestingModule({
      controllers: [AuthController],
      providers: [{ provide: AuthService, useValue: { login: () => ({ token: 'x' }) } }],
    }).compile();
    const controller = module.get(AuthController);
    expect(controller.login({ email: 'a@example.com', password: 'secret' })).toEqual({
      token: 'x',
    });
  });
});
