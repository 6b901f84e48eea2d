import { Controller, Get, Header, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

const asset = (name: string, type: string): StreamableFile => {
  const file = fileURLToPath(new URL(`./assets/${name}`, import.meta.url));
  return new StreamableFile(createReadStream(file), { type });
};

/** What a browser shows at the address that `npm start` prints: three files as they are. */
@ApiExcludeController()
@Controller()
export class PageController {
  @Get()
  @Header('Content-Security-Policy', POLICY)
  page(): StreamableFile {
    return asset('index.html', 'text/html; charset=utf-8');
  }

  @Get('page.css')
  style(): StreamableFile {
    return asset('page.css', 'text/css; charset=utf-8');
  }

  @Get('page.js')
  script(): StreamableFile {
    return asset('page.js', 'text/javascript; charset=utf-8');
  }
}
