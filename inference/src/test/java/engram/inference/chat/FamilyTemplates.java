package engram.inference.chat;

/// Templates written like those of the families.
final class FamilyTemplates {
  static final String LLAMA3 =
      """
      {{- bos_token }}
      {%- if messages[0]['role'] == 'system' %}
          {%- set system_message = messages[0]['content']|trim %}
          {%- set messages = messages[1:] %}
      {%- else %}
          {%- set system_message = "" %}
      {%- endif %}
      {{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
      {{- "Cutting Knowledge Date: December 2023\\n" }}
      {{- "Today Date: " + strftime_now("%d %b %Y") + "\\n\\n" }}
      {{- system_message }}
      {{- "<|eot_id|>" }}
      {%- if tools is defined and tools is not none %}
          {%- set first_user_message = messages[0]['content']|trim %}
          {%- set messages = messages[1:] %}
          {{- '<|start_header_id|>user<|end_header_id|>\\n\\n' -}}
          {{- 'Respond in the format {"name": function name, "parameters": dictionary}.\\n\\n' }}
          {%- for t in tools %}
              {{- t | tojson(indent=4) }}
              {{- "\\n\\n" }}
          {%- endfor %}
          {{- first_user_message + "<|eot_id|>"}}
      {%- endif %}
      {%- for message in messages %}
          {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
              {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
          {%- elif 'tool_calls' in message %}
              {%- if not message.tool_calls|length == 1 %}
                  {{- raise_exception("This model only supports single tool-calls at once!") }}
              {%- endif %}
              {%- set tool_call = message.tool_calls[0].function %}
              {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
              {{- '{"name": "' + tool_call.name + '", ' }}
              {{- '"parameters": ' }}
              {{- tool_call.arguments | tojson }}
              {{- "}" }}
              {{- "<|eot_id|>" }}
          {%- else %}
              {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
              {%- if message.content is mapping or message.content is iterable %}
                  {{- message.content | tojson }}
              {%- endif %}
              {{- "<|eot_id|>" }}
          {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
      {%- endif %}
      """;

  static final String QWEN =
      """
      {%- if tools %}
          {{- '<|im_start|>system\\n' }}
          {%- if messages[0].role == 'system' %}
              {{- messages[0].content + '\\n\\n' }}
          {%- endif %}
          {{- "# Tools\\n\\nCall functions with <tool_call></tool_call>.\\n\\n<tools>" }}
          {%- for tool in tools %}
              {{- "\\n" }}
              {{- tool | tojson }}
          {%- endfor %}
          {{- "\\n</tools><|im_end|>\\n" }}
      {%- else %}
          {%- if messages[0].role == 'system' %}
              {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
          {%- endif %}
      {%- endif %}
      {%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
      {%- for message in messages[::-1] %}
          {%- set index = (messages|length - 1) - loop.index0 %}
          {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
              {%- set ns.multi_step_tool = false %}
              {%- set ns.last_query_index = index %}
          {%- endif %}
      {%- endfor %}
      {%- for message in messages %}
          {%- set content = message.content %}
          {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
              {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
          {%- elif message.role == "assistant" %}
              {%- set reasoning_content = '' %}
              {%- if '</think>' in content %}
                  {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                  {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
              {%- endif %}
              {%- if loop.index0 > ns.last_query_index and reasoning_content %}
                  {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
              {%- else %}
                  {{- '<|im_start|>' + message.role + '\\n' + content }}
              {%- endif %}
              {%- if message.tool_calls %}
                  {%- for tool_call in message.tool_calls %}
                      {%- if (loop.first and content) or (not loop.first) %}
                          {{- '\\n' }}
                      {%- endif %}
                      {%- if tool_call.function %}
                          {%- set tool_call = tool_call.function %}
                      {%- endif %}
                      {{- '<tool_call>\\n{"name": "' }}
                      {{- tool_call.name }}
                      {{- '", "arguments": ' }}
                      {{- tool_call.arguments | tojson }}
                      {{- '}\\n</tool_call>' }}
                  {%- endfor %}
              {%- endif %}
              {{- '<|im_end|>\\n' }}
          {%- elif message.role == "tool" %}
              {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
                  {{- '<|im_start|>user' }}
              {%- endif %}
              {{- '\\n<tool_response>\\n' }}
              {{- content }}
              {{- '\\n</tool_response>' }}
              {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
                  {{- '<|im_end|>\\n' }}
              {%- endif %}
          {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|im_start|>assistant\\n' }}
          {%- if enable_thinking is defined and enable_thinking is false %}
              {{- '<think>\\n\\n</think>\\n\\n' }}
          {%- endif %}
      {%- endif %}
      """;

  static final String MISTRAL =
      """
      {%- if messages[0]["role"] == "system" %}
          {%- set system_message = messages[0]["content"] %}
          {%- set loop_messages = messages[1:] %}
      {%- else %}
          {%- set loop_messages = messages %}
      {%- endif %}
      {%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
      {{- bos_token }}
      {%- for message in loop_messages %}
          {%- if message["role"] == "user" %}
              {%- if tools is not none and tools is defined and (message == user_messages[-1]) %}
                  {{- "[AVAILABLE_TOOLS][" }}
                  {%- for tool in tools %}
                      {%- set tool = tool.function %}
                      {{- '{"type": "function", "function": {' }}
                      {%- for key, val in tool.items() if key != "return" %}
                          {%- if val is string %}
                              {{- '"' + key + '": "' + val + '"' }}
                          {%- else %}
                              {{- '"' + key + '": ' + val|tojson }}
                          {%- endif %}
                          {%- if not loop.last %}
                              {{- ", " }}
                          {%- endif %}
                      {%- endfor %}
                      {{- "}}" }}
                      {%- if not loop.last %}
                          {{- ", " }}
                      {%- else %}
                          {{- "]" }}
                      {%- endif %}
                  {%- endfor %}
                  {{- "[/AVAILABLE_TOOLS]" }}
              {%- endif %}
              {%- if loop.last and system_message is defined %}
                  {{- "[INST]" + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
              {%- else %}
                  {{- "[INST]" + message["content"] + "[/INST]" }}
              {%- endif %}
          {%- elif message.tool_calls is defined and message.tool_calls is not none %}
              {{- "[TOOL_CALLS][" }}
              {%- for tool_call in message.tool_calls %}
                  {%- set out = tool_call.function|tojson %}
                  {{- out[:-1] }}
                  {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                      {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
                  {%- endif %}
                  {{- ', "id": "' + tool_call.id + '"}' }}
                  {%- if not loop.last %}
                      {{- ", " }}
                  {%- else %}
                      {{- "]" + eos_token }}
                  {%- endif %}
              {%- endfor %}
          {%- elif message["role"] == "assistant" %}
              {{- message["content"] + eos_token}}
          {%- elif message["role"] == "tool" %}
              {{- '[TOOL_RESULTS]{"content": ' + message.content|string + ", " }}
              {{- '"call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
          {%- endif %}
      {%- endfor %}
      """;

  static final String GEMMA =
      "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
          + "{{ raise_exception('System role not supported') }}{% endif %}"
          + "{% for message in messages %}"
          + "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
          + "{{ raise_exception('Roles must alternate user/assistant/user/assistant/...') }}"
          + "{% endif %}"
          + "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}"
          + "{% set role = message['role'] %}{% endif %}"
          + "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}";

  static final String PHI3 =
      "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}"
          + "{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}"
          + "{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}"
          + "{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}";

  private FamilyTemplates() {}
}
