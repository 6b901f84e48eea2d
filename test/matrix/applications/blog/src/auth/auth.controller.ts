import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { AuthService } from './auth.service';

interface Credentials {
  email: string;
  password: string;
}

@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('register')
  register(@Body() { email, password }: Credentials) {
    return this.auth.register(email, password);
  }

  @Post('login')
  @HttpCode(200)
  login(@Body() { email, password }: Credentials) {
    return this.auth.login(email, password);
  }
}
