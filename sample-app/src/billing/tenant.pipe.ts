import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { isTenant } from '../usage/api-key.guard.js';

@Injectable()
export class TenantPipe implements PipeTransform<string, string> {
  transform(tenant: string): string {
    if (isTenant(tenant)) return tenant;
    throw new BadRequestException('A tenant is of 1 to 40 letters, digits, _ and -');
  }
}
