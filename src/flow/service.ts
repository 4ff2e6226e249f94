/**
 * How the layers above reach a step without the language knowing them: a typed name under which the assembly puts a service.
 */
import { RondoError } from '../errors.ts'

/** A typed name for something the assembly provides: models, the people's desk, the learners. */
export interface ServiceKey<Service> {
  readonly name: string
  /** Never read: it carries the type. */
  readonly type?: (service: Service) => void
}

export function serviceKey<Service>(name: string): ServiceKey<Service> {
  return { name }
}

/** The services of one assembled system. */
export class Services {
  readonly #services = new Map<string, unknown>()

  provide<Service>(key: ServiceKey<Service>, service: Service): this {
    this.#services.set(key.name, service)
    return this
  }

  /** Services of its own with all that is provided here so far, in which others may take the place of some. */
  copy(): Services {
    const copy = new Services()
    for (const [name, service] of this.#services) copy.#services.set(name, service)
    return copy
  }

  get<Service>(key: ServiceKey<Service>): Service {
    const service = this.#services.get(key.name)
    if (service === undefined)
      throw new RondoError('config_invalid', `Nothing provides "${key.name}" here. Start Rondo with createRondo(), which provides it.`)
    return service as Service
  }

  has<Service>(key: ServiceKey<Service>): boolean {
    return this.#services.has(key.name)
  }
}
