import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The rooms of the house and what each may import. Arrows point down only:
 * extension -> commands, views, editor, cli -> probes -> anatomy, inference -> models -> onnx, numeric -> shared.
 * Numeric is arithmetic on attention weights, for the engine and for an exported page alike: it knows shared only.
 * Anatomy reads headers only: it does without inference. Probes may use it: memory, scaling and the block diagrams are
 * computed from configs, without running a model.
 */
const UP = {
  shared: [
    'numeric',
    'onnx',
    'models',
    'inference',
    'probes',
    'anatomy',
    'commands',
    'views',
    'editor',
    'cli',
    'extension',
  ],
  numeric: [
    'onnx',
    'models',
    'inference',
    'probes',
    'anatomy',
    'commands',
    'views',
    'editor',
    'cli',
    'extension',
  ],
  onnx: [
    'numeric',
    'models',
    'inference',
    'probes',
    'anatomy',
    'commands',
    'views',
    'editor',
    'cli',
    'extension',
  ],
  models: ['inference', 'probes', 'anatomy', 'commands', 'views', 'editor', 'cli', 'extension'],
  inference: ['probes', 'anatomy', 'commands', 'views', 'editor', 'cli', 'extension'],
  probes: ['commands', 'views', 'editor', 'cli', 'extension'],
  anatomy: ['inference', 'probes', 'commands', 'views', 'editor', 'cli', 'extension'],
  cli: ['commands', 'views', 'editor', 'extension'],
  commands: ['cli', 'extension'],
  views: ['cli', 'commands', 'extension'],
  editor: ['cli', 'commands', 'views', 'extension'],
};
const PACKAGE_ROOMS = {
  vscode: ['commands', 'views', 'editor'],
  'onnxruntime-node': ['inference'],
  '@huggingface/tokenizers': ['models'],
  '@huggingface/transformers': ['inference', 'models'],
  // The command line draws the figures of its report with webview/charts, loaded when one is written.
  echarts: [],
};

function boundaries(room) {
  const rooms = UP[room].map((above) => ({
    regex: `^(\\.\\./)+${above}(/|$)`,
    message: `src/${room} must not import from ${above}: arrows point down only (see eslint.config.mjs).`,
  }));
  const packages = Object.entries(PACKAGE_ROOMS)
    .filter(([, allowed]) => !allowed.includes(room))
    .map(([name]) => ({ regex: `^${name}(/|$)`, message: `${name} is not for src/${room}.` }));
  return {
    files: [`src/${room}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [...rooms, ...packages] }] },
  };
}

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.vscode-test', '.test-output', 'models', 'test/fixtures'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Nothing shown or secret may come from Math.random.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      // Numeric loops over typed arrays are the plain way to write arithmetic.
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  ...Object.keys(UP).map(boundaries),
  {
    files: ['webview/**/*.ts'],
    // A self-contained page is its own host: it answers with the host's code.
    ignores: ['webview/offline/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(\\.\\./)+src/(?!shared/)', message: 'The webview knows src/shared only.' },
            { regex: '^(vscode|onnxruntime-node|node:.*)$', message: 'Not available in a webview.' },
          ],
        },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/ui/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value=/^@vscode.webview-ui-toolkit/]',
          message: 'The UI toolkit is imported by webview/ui only.',
        },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/host.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'acquireVsCodeApi', message: 'webview/host.ts is the only caller of acquireVsCodeApi.' },
      ],
    },
  },
);
