import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/** Leads a browser to the documentation. */
@ApiExcludeController()
@Controller()
export class HomeController {
  @Get()
  @Redirect('/docs')
  home(): void {
    // its decorator answers
  }
}
