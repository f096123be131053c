namespace Netcd.Tools.CommandLine;

/// <summary>The scripts that make shells ask a tool what may follow.</summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # bash completion for @NAME@
        __@ID@_complete()
        {
            local word glue=0 line directive=0 i
            local -a words=() found=()
            COMPREPLY=()
            if (( COMP_CWORD < @COUNT@ )); then
                COMPREPLY=( $(compgen -W "@LAST@" -- "${COMP_WORDS[COMP_CWORD]}") )
                return
            fi
            # bash takes --flag=value for three words.
            for (( i = @COUNT@; i <= COMP_CWORD; i++ )); do
                word=${COMP_WORDS[i]}
                if (( ${#words[@]} )) && [[ $word == "=" || $glue == 1 ]]; then
                    words[${#words[@]}-1]+=$word
                else
                    words+=("$word")
                fi
                [[ $word == "=" ]] && glue=1 || glue=0
            done
            local current=${COMP_WORDS[COMP_CWORD]}
            [[ $current == "=" ]] && current=""
            while IFS= read -r line; do
                if [[ $line == :* ]]; then directive=${line#:}; else found+=("${line%%$'\t'*}"); fi
            done < <("${COMP_WORDS[@]:0:@COUNT@}" @REQUEST@ "${words[@]}" 2>/dev/null)
            for line in "${found[@]}"; do
                [[ $line == "$current"* ]] && COMPREPLY+=("$line")
            done
            if (( directive & 16 )); then
                COMPREPLY=( $(compgen -d -- "$current") )
                compopt -o filenames 2>/dev/null
            elif (( ${#COMPREPLY[@]} == 0 && !(directive & 4) )); then
                compopt -o default 2>/dev/null
            fi
        }
        complete -F __@ID@_complete @FIRST@

        """;

    private const string Zsh = """
        #compdef @FIRST@
        # zsh completion for @NAME@
        __@ID@_complete()
        {
            local line directive=0 text
            local -a found
            if (( CURRENT <= @COUNT@ )); then
                compadd -- @LAST@
                return
            fi
            for line in "${(@f)$("${(@)words[1,@COUNT@]}" @REQUEST@ "${(@)words[@COUNT@+1,CURRENT]}" 2>/dev/null)}"; do
                if [[ $line == :* ]]; then
                    directive=${line#:}
                elif [[ $line == *$'\t'* ]]; then
                    text=${line%%$'\t'*}
                    found+=("${text//:/\\:}:${line#*$'\t'}")
                elif [[ -n $line ]]; then
                    found+=("${line//:/\\:}")
                fi
            done
            if (( directive & 16 )); then
                _files -/
            elif (( ${#found} )); then
                _describe "@NAME@" found
            elif (( !(directive & 4) )); then
                _files
            fi
        }
        compdef __@ID@_complete @FIRST@

        """;

    private const string Fish = """
        # fish completion for @NAME@
        function __@ID@_complete
            set -l typed (commandline -opc)
            set -l current (commandline -ct)
            set -l count (count $typed)
            if test $count -lt @COUNT@
                echo @LAST@
                return
            end
            set -l directive 0
            set -l found
            for line in ($typed[1..@COUNT@] @REQUEST@ $typed[(math @COUNT@ + 1)..-1] "$current" 2>/dev/null)
                if string match -q ':*' -- $line
                    set directive (string sub -s 2 -- $line)
                else
                    set found $found $line
                end
            end
            if test (count $found) -gt 0
                printf '%s\n' $found
            else if test $directive -eq 16
                __fish_complete_directories "$current"
            else if test $directive -eq 0
                __fish_complete_path "$current"
            end
        end
        complete -c @FIRST@ -f -a '(__@ID@_complete)'

        """;

    private const string PowerShell = """
        # PowerShell completion for @NAME@
        Register-ArgumentCompleter -Native -CommandName '@FIRST@' -ScriptBlock {
            param($current, $command, $position)
            $words = @($command.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object { "$_" })
            if ($current -ne '' -and $words.Count -gt 0) { $words = @($words | Select-Object -SkipLast 1) }
            if ($words.Count -lt @COUNT@) { return '@LAST@' }
            $before = @($words | Select-Object -Skip 1 -First (@COUNT@ - 1))
            $after = @($words | Select-Object -Skip @COUNT@)
            $empty = if ($current -eq '') { '""' } else { $current }
            & $words[0] @before @REQUEST@ @after $empty 2>$null | Where-Object { -not $_.StartsWith(':') } | ForEach-Object {
                $name, $text = $_ -split "`t", 2
                if (-not $text) { $text = $name }
                if ($name.StartsWith($current)) {
                    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $text)
                }
            }
        }

        """;

    /// <summary>The script of a shell.</summary>
    /// <param name="shell">Its name.</param>
    /// <param name="name">The tool as it is called: a word, or several.</param>
    /// <param name="request">The word that asks the tool.</param>
    public static string Of(string shell, string name, string request)
    {
        string[] words = name.Split(' ');
        string script = shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => PowerShell,
        };
        return script
            .Replace("@NAME@", name, StringComparison.Ordinal)
            .Replace("@ID@", name.Replace(' ', '_').Replace('-', '_'), StringComparison.Ordinal)
            .Replace("@COUNT@", $"{words.Length}", StringComparison.Ordinal)
            .Replace("@FIRST@", words[0], StringComparison.Ordinal)
            .Replace("@LAST@", words[^1], StringComparison.Ordinal)
            .Replace("@REQUEST@", request, StringComparison.Ordinal);
    }
}
