import { createRequire } from 'node:module';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  type CanActivate,
  Injectable,
  Module,
  type PipeTransform,
  Scope,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import {
  Args,
  Context,
  Field,
  GqlExecutionContext,
  GraphQLModule,
  GraphQLSchemaHost,
  ID,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type * as graphql from 'graphql';
import { of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { CountCalls, type CountedCall, CounterService } from '../../../lib/index.js';
import { counted, countingModule } from '../counting.js';
import { request } from './request.js';

// the instance that Nest has: graphql accepts no schema of another one
const { parse, subscribe } = createRequire(import.meta.url)('graphql') as typeof graphql;

@ObjectType()
class Cat {
  @Field(() => ID) id!: string;
  @Field() name?: string;
}

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class OnlyWords implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (typeof value === 'string') return value;
    throw new Error(`no word: ${typeof value}`);
  }
}

const byContext = ({ context, args }: CountedCall): string => {
  if (context === undefined) throw new Error('no context');
  const { fieldName } = GqlExecutionContext.create(context).getInfo<{ fieldName: string }>();
  return `${context.getType<string>()} ${fieldName} ${args.length}`;
};

@Resolver(() => Cat)
class Cats {
  @Query(() => Cat)
  @CountCalls()
  @CountCalls({ name: byContext })
  @CountCalls({ name: 'agent:{request.headers.x-agent}' })
  cat(@Args('id', { type: () => ID }) id: string): Cat {
    return { id };
  }

  @CountCalls({ name: byContext })
  @Query(() => [Cat])
  cats(...raw: unknown[]): Promise<Cat[]> {
    return Promise.resolve([{ id: '1' }, { id: String(raw.length) }]);
  }

  @Query(() => Cat)
  @CountCalls()
  streamed(@Context() context: object) {
    return of({ id: String('req' in context) });
  }

  @Subscription(() => String, { resolve: (value) => value as string })
  @CountCalls()
  @CountCalls({ name: byContext })
  async *news(): AsyncIterable<string> {
    yield await Promise.resolve('first');
    yield 'second';
  }

  @Mutation(() => String)
  @UsePipes(new OnlyWords())
  @CountCalls({ name: byContext })
  rename(@Args('name') name: string): string {
    return name;
  }

  @Query(() => String)
  @UseGuards(Closed)
  @CountCalls({ on: 'always' })
  guarded(): string {
    return 'unreachable';
  }

  @ResolveField(() => String)
  @CountCalls()
  name(@Parent() { id }: Cat): string {
    return `cat ${id}`;
  }
}

@Resolver(() => Cat)
@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @Query(() => String)
  @CountCalls()
  @CountCalls({ name: byContext })
  scoped(): string {
    return 'scoped';
  }
}

/** Imports nothing of the counters. */
@Module({ providers: [Cats, Scoped] })
class CatsModule {}

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

describe.each(adapters)('GraphQL on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    const graphqlModule = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      playground: false,
    });
    const module = await countingModule(
      { imports: [graphqlModule, CatsModule] },
      { isGlobal: false },
    );
    app = await NestFactory.create(module, adapter(), {
      logger: false,
      abortOnError: false,
      forceCloseConnections: true,
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterEach(() => app.close());

  async function ask(query: string): Promise<unknown> {
    const headers = { 'x-agent': 'tester' };
    const { body } = await request(`${url}/graphql`, { body: { query }, headers });
    const { data } = body as { data: unknown };
    return data;
  }

  test('a thousand concurrent queries are counted exactly', async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, id) => ask(`{ cat(id: "${id}") { id } }`)),
    );
    expect(answers[7]).toEqual({ cat: { id: '7' } });
    expect(await counted(app)).toEqual({
      'Cats.cat': 1000,
      'graphql cat 1': 1000,
      'agent:tester': 1000,
    });
  });

  test('promises, Observables, field resolvers and request scope', async () => {
    expect(await ask('{ cats { name } streamed { id } scoped }')).toEqual({
      cats: [{ name: 'cat 1' }, { name: 'cat 4' }],
      streamed: { id: 'true' },
      scoped: 'scoped',
    });
    expect(await counted(app)).toEqual({
      'graphql cats 4': 1,
      'Cats.name': 2,
      'Cats.streamed': 1,
      'Scoped.scoped': 1,
      'graphql scoped 4': 1,
    });
  });

  test('pipes see nothing new, and what a guard rejects is no call', async () => {
    expect(await ask('mutation { rename(name: "Tom") }')).toEqual({ rename: 'Tom' });
    expect(await ask('{ guarded }')).toBeNull();
    expect(await counted(app)).toEqual({ 'graphql rename 1': 1 });
  });

  test('a subscription counts once, when it begins', async () => {
    const { schema } = app.get(GraphQLSchemaHost, { strict: false });
    const document = parse('subscription { news }');
    const news = (await subscribe({ schema, document, contextValue: {} })) as AsyncIterable<object>;
    const told: unknown[] = [];
    for await (const one of news) told.push(one);
    expect(told).toEqual([{ data: { news: 'first' } }, { data: { news: 'second' } }]);
    expect(await counted(app)).toEqual({ 'Cats.news': 1, 'graphql news 4': 1 });
  });
});

test('field resolvers have a context where interceptors are enabled for them', async () => {
  @Resolver(() => Cat)
  class Named {
    @Query(() => Cat)
    one(): Cat {
      return { id: '1' };
    }
    @ResolveField(() => String)
    @CountCalls({ name: byContext })
    name(): string {
      return 'Tom';
    }
  }
  for (const fieldResolverEnhancers of [[], ['interceptors']] as const) {
    const graphqlModule = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      playground: false,
      fieldResolverEnhancers: [...fieldResolverEnhancers],
    });
    const module = await countingModule({ imports: [graphqlModule], providers: [Named] });
    const app = await NestFactory.create(module, { logger: false, forceCloseConnections: true });
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    const { body } = await request(`${await app.getUrl()}/graphql`, {
      body: { query: '{ one { name } }' },
    });
    expect(body).toEqual({ data: { one: { name: 'Tom' } } });
    const enabled = fieldResolverEnhancers.length > 0;
    expect(await counted(app)).toEqual(enabled ? { 'graphql name 4': 1 } : {});
    const { refused } = await app.get(CounterService).status();
    expect(refused).toEqual(enabled ? {} : { CALL_NOT_COUNTED: 1 });
  }
});
