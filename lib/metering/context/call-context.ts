/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- the interface has them */
import type { ContextType, ExecutionContext, Type } from '@nestjs/common';

/** An `ExecutionContext` made of what a handler was called with, where Nest hands out none. */
export class CallContext implements ExecutionContext {
  constructor(
    private readonly type: string,
    private readonly args: unknown[],
    private readonly host: Type,
    private readonly handler: () => unknown,
  ) {}

  getType<Kind extends string = ContextType>(): Kind {
    return this.type as Kind;
  }

  getClass<Host = unknown>(): Type<Host> {
    return this.host as Type<Host>;
  }

  getHandler(): () => unknown {
    return this.handler;
  }

  getArgs<Args extends unknown[] = unknown[]>(): Args {
    return this.args as Args;
  }

  getArgByIndex<Argument = unknown>(index: number): Argument {
    return this.args[index] as Argument;
  }

  switchToHttp(): ReturnType<ExecutionContext['switchToHttp']> {
    return {
      getRequest: <Request>() => this.getArgByIndex<Request>(0),
      getResponse: <Response>() => this.getArgByIndex<Response>(1),
      getNext: <Next>() => this.getArgByIndex<Next>(2),
    };
  }

  switchToRpc(): ReturnType<ExecutionContext['switchToRpc']> {
    return {
      getData: <Data>() => this.getArgByIndex<Data>(0),
      getContext: <Context>() => this.getArgByIndex<Context>(1),
    };
  }

  switchToWs(): ReturnType<ExecutionContext['switchToWs']> {
    return {
      getClient: <Client>() => this.getArgByIndex<Client>(0),
      getData: <Data>() => this.getArgByIndex<Data>(1),
      getPattern: () => this.getArgByIndex<string>(this.args.length - 1),
    };
  }
}
