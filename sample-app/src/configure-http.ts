import { ValidationPipe } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

export function configureHttp(app: NestExpressApplication): void {
  // A proxy on this machine says whose request it passes on.
  app.set('trust proxy', 'loopback');
  // An import of 10 000 counters with the longest names.
  app.useBodyParser('json', { limit: '10mb' });
  app.useGlobalPipes(
    new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
  );

  const description = new DocumentBuilder()
    .setTitle('nestjs-fastcounter sample')
    .setDescription('Articles with views and likes, and any other counter')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api-key')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description));
}
