import { NotFoundException } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getRepositoryToken } from '@nestjs/typeorm';
import { Article } from './article.entity';
import { ArticlesService } from './articles.service';

describe('ArticlesService', () => {
  it('knows what is not there', async () => {
    const repository = { findOneBy: () => Promise.resolve(null) };
    const module = await Test.createTestingModule({
      providers: [ArticlesService, { provide: getRepositoryToken(Article), useValue: repository }],
    }).compile();
    await expect(module.get(ArticlesService).findOne(1)).rejects.toThrow(NotFoundException);
  });
});
