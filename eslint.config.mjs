import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '.tmp/', 'coverage/', 'sample-app/.data/']),
  // applications of their own, with packages that are not here; prettier looks at them
  globalIgnores(['test/matrix/applications/']),
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      // one program for all: by the nearest tsconfig.json, lib is checked a second time for the tests
      parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Nest's modules are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A DTO is a class for its decorators' sake; an object of its shape is one.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: false, allowNullish: false, allowAny: false },
      ],
    },
  },
  {
    // the page runs in browsers: another program
    files: ['lib/dashboard/page/**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: 'lib/dashboard/page/tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['lib/**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', 250],
      // what belongs together is handed over together, under a name
      '@typescript-eslint/max-params': ['error', { max: 5 }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "PropertyDefinition[readonly!=true][accessibility!='private'] > TSTypeAnnotation > TSFunctionType",
          message:
            'A callback that is set from outside has no contract: take an interface in the constructor.',
        },
      ],
    },
  },
  {
    files: ['sample-app/src/page/assets/*.js'],
    languageOptions: {
      globals: { document: 'readonly', fetch: 'readonly', setInterval: 'readonly' },
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        performance: 'readonly',
        structuredClone: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
