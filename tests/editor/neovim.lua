-- Plays a user of Neovim (0.7 or later): opens a template, sees the race, applies the remedy, sees it gone.
--   SERVER=… FILE=… nvim --headless -u NONE -c 'luafile tests/editor/neovim.lua'

local function fail(why)
  io.stderr:write('neovim: ' .. why .. '\n')
  vim.cmd('cquit 1')
end

local server, file = os.getenv('SERVER'), os.getenv('FILE')
vim.cmd('edit ' .. vim.fn.fnameescape(file))
vim.bo.filetype = 'bicep'
local client = vim.lsp.start_client({
  name = 'bicep-race-lint',
  cmd = { server, 'lsp' },
  root_dir = vim.fn.fnamemodify(file, ':h'),
})
if not client or not vim.lsp.buf_attach_client(0, client) then
  fail('the server does not start')
end

local function shown()
  return vim.diagnostic.get(0)
end
local function wait_for(count)
  if not vim.wait(20000, function() return #shown() == count end, 20) then
    fail(#shown() .. ' diagnostics where ' .. count .. ' are right: ' .. vim.inspect(shown()))
  end
end

wait_for(2)
for _, diagnostic in ipairs(shown()) do
  if diagnostic.code ~= 'hub-gateways' and diagnostic.user_data.lsp.code ~= 'hub-gateways' then
    fail('another rule: ' .. vim.inspect(diagnostic))
  end
end
-- The character before the symbol is two units of UTF-16, which this editor counts.
local first = shown()[1]
local line = vim.api.nvim_buf_get_lines(0, first.lnum, first.lnum + 1, false)[1]
local word = line:sub(first.col + 1, first.end_col)
if word ~= 's2s' then
  fail('`' .. word .. '` is underlined')
end

vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
local params = vim.lsp.util.make_range_params()
params.context = { diagnostics = {} }
local answers = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 20000)
local remedy
for _, answer in pairs(answers or {}) do
  for _, action in ipairs(answer.result or {}) do
    if action.isPreferred then
      remedy = action
    end
  end
end
if not remedy then
  fail('there is no remedy: ' .. vim.inspect(answers))
end
vim.lsp.util.apply_workspace_edit(remedy.edit, 'utf-16')
wait_for(0)
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
if not text:find('dependsOn') then
  fail('the remedy is not in the text:\n' .. text)
end
print('neovim: the race was seen, mended, and is gone\n')
vim.lsp.stop_client(client)
vim.cmd('qall!')
