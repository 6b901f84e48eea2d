import { Module } from '@nestjs/common';

@Module({})
export class ObservingModule {}

export const observe: (url: string) => Promise<void> = () => Promise.resolve();
