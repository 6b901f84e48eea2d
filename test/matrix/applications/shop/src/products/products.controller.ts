import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Controller, Get, Inject, NotFoundException, Param, ParseIntPipe } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Product } from './product.entity';

@Controller('products')
export class ProductsController {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
  ) {}

  @Get()
  findAll() {
    return this.products.find({ order: { id: 'ASC' } });
  }

  @Get(':id')
  async findOne(@Param('id', ParseIntPipe) id: number) {
    const product = await this.cache.wrap(`product-${id}`, () => this.products.findOneBy({ id }));
    if (product === null) throw new NotFoundException(`There is no product ${id}`);
    return {
      ...product,
      price: (product.cents / 100).toFixed(2),
    };
  }
}
