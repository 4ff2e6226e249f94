/**
 * Where the console begins: the parts that live as long as the page, and the first rendering.
 */
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/base.css'
import { live } from './api/live.ts'
import { queries } from './api/queries.ts'
import { router } from './router.tsx'
import { applyTheme } from './shell/theme.ts'

applyTheme()
live.start(queries)

const place = document.getElementById('console')
if (place === null) throw new Error('The page has no place for the console.')
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
