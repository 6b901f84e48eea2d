import {
  type CanActivate,
  Controller,
  Get,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  SetMetadata,
  type Type,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Dashboard } from '../dashboard.js';
import type { ResolvedDashboardOptions } from '../dashboard-options.js';
import { callerOf, DashboardAccessGuard } from './access.guard.js';
import { pageTexts } from './page-texts.js';
import { Replies } from './replies.js';
import { bodyOf, type HttpRequest, pathOf, queryOf } from './request.js';

/** What `@ApiExcludeController()` of @nestjs/swagger sets: the page is no part of the API of the application. */
const EXCLUDED = 'swagger/apiExcludeController';

/** The controller of one dashboard, at its path, behind its guards. */
export function dashboardController(options: ResolvedDashboardOptions): Type {
  const { path, guard, publicPath } = options;
  const guards: Type<CanActivate>[] = guard === 'none' ? [] : [guard];

  @Controller({ path, version: VERSION_NEUTRAL })
  @SetMetadata(EXCLUDED, [true])
  @UseGuards(...guards, DashboardAccessGuard)
  class FastCounterDashboardController {
    private readonly replies: Replies;

    constructor(
      private readonly dashboard: Dashboard,
      host: HttpAdapterHost,
    ) {
      this.replies = new Replies(host);
    }

    @Get()
    page(@Req() request: HttpRequest, @Res() response: unknown): void {
      const asked = pathOf(request);
      if (asked.endsWith('/')) {
        this.replies.text(response, 'text/html; charset=utf-8', pageTexts().html);
        return;
      }
      // relative to the folder of what was asked for, whatever that is called outside of a proxy
      const location = publicPath ?? `./${asked.slice(asked.lastIndexOf('/') + 1)}`;
      this.replies.redirect(response, `${location}/`);
    }

    @Get('app.js')
    script(@Res() response: unknown): void {
      this.replies.text(response, 'text/javascript; charset=utf-8', pageTexts().script);
    }

    @Get('app.css')
    style(@Res() response: unknown): void {
      this.replies.text(response, 'text/css; charset=utf-8', pageTexts().style);
    }

    @Get('icon.svg')
    icon(@Res() response: unknown): void {
      this.replies.text(response, 'image/svg+xml; charset=utf-8', pageTexts().icon);
    }

    @Get('api/export')
    async export(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
      const query = queryOf(request);
      const name = `parked-${(query.get('id') ?? '').replace(/[^\w-]+/g, '-')}.json`;
      await this.replies.file(response, name, () => this.dashboard.export(query));
    }

    @Get('api/:what')
    async read(
      @Param('what') what: string,
      @Req() request: HttpRequest,
      @Res() response: unknown,
    ): Promise<void> {
      await this.replies.json(response, () =>
        this.dashboard.read(what, queryOf(request), callerOf(request)),
      );
    }

    @Post('api/:what')
    async write(
      @Param('what') what: string,
      @Req() request: HttpRequest,
      @Res() response: unknown,
    ): Promise<void> {
      await this.replies.json(response, () =>
        this.dashboard.write(what, bodyOf(request), callerOf(request)),
      );
    }

    /** What `routeRest()` sees to. */
    rest(@Req() request: HttpRequest, @Res() response: unknown): void {
      const asked = pathOf(request);
      if (!asked.endsWith(`/${path}/`)) throw new NotFoundException(`Cannot GET ${asked}`);
      this.page(request, response);
    }
  }
  return FastCounterDashboardController;
}

/**
 * Fastify does not take the address with a slash at its end for the one without, as Express does: there, everything else below the path
 * comes to `rest()`. Called before routes are made, when it is known which of both it is.
 */
export function routeRest(controller: Type, adapter: string): void {
  const prototype = controller.prototype as object;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'rest');
  if (adapter === 'fastify' && descriptor !== undefined) Get('*')(prototype, 'rest', descriptor);
}
