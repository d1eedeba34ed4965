import type { InferOutput } from 'valibot'
import type { configurationSchema } from './schema.ts'

/** Everything that can be set, with every default filled in. The schema says what each option means. */
export type Configuration = InferOutput<typeof configurationSchema>
