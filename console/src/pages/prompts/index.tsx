/**
 * The page Prompts.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function PromptsPage(): React.JSX.Element {
  return (
    <Page title="Prompts">
      <Empty title="Nothing here yet">The texts that models are asked with, their versions, and what each version did.</Empty>
    </Page>
  )
}
