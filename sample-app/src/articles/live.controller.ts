import { Controller, type MessageEvent, Param, Sse } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CounterService, InjectCounter, NamedCounter } from 'nestjs-fastcounter';
import { map, type Observable } from 'rxjs';
import { toCount } from '../counters/count.js';
import { LIKES, VIEWS } from './article-counters.js';
import { ArticleIdDto } from './dto/article-id.dto.js';

/** Live counts: however many browsers watch, this process reads once a second. */
@ApiTags('articles')
@Controller('articles')
export class LiveController {
  constructor(
    private readonly counters: CounterService,
    @InjectCounter(VIEWS) private readonly views: NamedCounter,
    @InjectCounter(LIKES) private readonly likes: NamedCounter,
  ) {}

  @Sse(':id/live')
  @ApiOperation({
    summary: 'Watch the views and likes of an article, as server-sent events',
    description: 'Tells both at once, and then whenever one has changed.',
  })
  live(@Param() { id }: ArticleIdDto): Observable<MessageEvent> {
    const [views, likes] = [this.views.nameOf(id), this.likes.nameOf(id)];
    return this.counters.watch([views, likes], { bigint: true }).pipe(
      map((counts) => ({
        data: { views: toCount(counts.get(views) ?? 0n), likes: toCount(counts.get(likes) ?? 0n) },
      })),
    );
  }
}
