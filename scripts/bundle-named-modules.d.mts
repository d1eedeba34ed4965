import type { Plugin } from 'esbuild'

export const namedModules: Plugin
