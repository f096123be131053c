using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>docs/reference/flags.md lists the flags and features that there are.</summary>
public sealed class FlagsDocumentTests
{
    private const string FirstHeading = "## " + FlagGroups.Member;

    /// <summary>The flags that etcd's file has in sections. What is left out stands in none.</summary>
    private static readonly Dictionary<string, string[]> Sections = new(StringComparer.Ordinal)
    {
        ["client-transport-security"] =
            ["cert-file", "key-file", "client-cert-file", "client-key-file", "client-cert-auth", "trusted-ca-file", "auto-tls"],
        ["peer-transport-security"] =
        [
            "peer-cert-file", "peer-key-file", "peer-client-cert-file", "peer-client-key-file", "peer-client-cert-auth",
            "peer-trusted-ca-file", "peer-auto-tls", "peer-skip-client-san-verification",
        ],
        ["socket-options"] = ["socket-reuse-port", "socket-reuse-address"],
    };

    private static readonly string[] WithoutKey = ["version", "config-file"];

    /// <summary>With <c>NETCD_REWRITE_DOCS=1</c> the tables are written anew.</summary>
    [Fact]
    public void The_document_lists_the_flags_that_there_are()
    {
        string document = Repository.At("docs", "reference", "flags.md");
        string[] lines = File.ReadAllLines(document);
        string[] tables = [.. Tables()];
        string[] introduction = [.. lines.TakeWhile(static line => line != FirstHeading)];
        if (Environment.GetEnvironmentVariable("NETCD_REWRITE_DOCS") == "1")
        {
            File.WriteAllLines(document, [.. introduction, .. tables]);
            return;
        }

        Assert.Equal(tables, lines[introduction.Length..]);
    }

    [Fact]
    public void The_keys_that_it_tells_set_the_flags()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (Flag flag in FlagTable.All.Where(static flag => !WithoutKey.Contains(flag.Name)))
            {
                string[] key = KeyOf(flag).Split('.');
                string text = $"{key[^1]}: {ValueOf(flag)}";
                string[] lines = [.. key[..^1].Select(static section => section + ":"), text];
                File.WriteAllLines(path, lines.Select(static (line, depth) => new string(' ', 2 * depth) + line));
                Settings settings = new();
                List<string> warnings = [];
                ConfigurationFile.Read(path, settings, warnings);
                Assert.Empty(warnings);
                Assert.True(settings.IsSet(flag.Name), flag.Name);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_flag_and_feature_without_effect_says_what_became_of_it_and_no_other()
    {
        Assert.All(FlagTable.All, static flag =>
            Assert.Equal(flag.Use != FlagUse.Obeyed || flag.Kind == FlagKind.Ignored, flag.Fate.Length > 0));
        string[] fates = [.. FlagTable.All.Select(static flag => flag.Fate), .. FeatureGate.All.Select(static gate => gate.Fate)];
        Assert.All(fates.Where(static fate => fate.Length > 0), static fate =>
        {
            Assert.EndsWith(".", fate, StringComparison.Ordinal);
            Assert.DoesNotContain("yet:", fate, StringComparison.Ordinal);
        });
    }

    private static IEnumerable<string> Tables()
    {
        foreach (string group in FlagGroups.All)
        {
            yield return "## " + group;
            yield return "";
            yield return "| flag | variable | key in the file | default | value | what it does |";
            yield return "|---|---|---|---|---|---|";
            foreach (Flag flag in FlagTable.All.Where(flag => flag.Group == group))
            {
                yield return Row(flag);
            }

            yield return "";
        }

        yield return "## Features";
        yield return "";
        yield return "`--feature-gates Name=true,Other=false` switches them.";
        yield return "";
        yield return "| feature | stage | default | what it does |";
        yield return "|---|---|---|---|";
        foreach (FeatureGate gate in FeatureGate.All)
        {
            string told = gate.Help + Fate("Switching it has no effect", gate.Fate);
            yield return $"| `{gate.Name}` | {gate.Stage} | {(gate.IsUsual ? "on" : "off")} | {told} |";
        }
    }

    private static string Row(Flag flag)
    {
        bool hasKey = !WithoutKey.Contains(flag.Name);
        string variable = flag.Name == "version" ? "–" : $"`{flag.EnvironmentVariable}`";
        string use = flag.Use == FlagUse.Refused ? "Ends the start" : "Has no effect";
        return $"| `--{flag.Name}` | {variable} | {(hasKey ? $"`{KeyOf(flag)}`" : "–")} | {Code(flag.Default)} | {KindOf(flag)} "
            + $"| {flag.Help}{Fate(use, flag.Fate)} |";
    }

    private static string Fate(string use, string fate) => fate.Length == 0 ? "" : $" **{use}**: {fate}";

    private static string Code(string text) => text.Length == 0 ? "–" : $"`{text}`";

    private static string KindOf(Flag flag) => flag.Kind switch
    {
        FlagKind.Text => "text",
        FlagKind.Texts => "texts between commas",
        FlagKind.Switch => "`true`, `false`",
        FlagKind.Count or FlagKind.Count32 => "number, 0 or more",
        FlagKind.Number => "number",
        FlagKind.Duration => "time",
        FlagKind.Urls => "URLs between commas",
        FlagKind.Choice => string.Join(", ", flag.Choices.Select(Code)),
        _ => "any",
    };

    private static string KeyOf(Flag flag)
    {
        foreach ((string section, string[] names) in Sections)
        {
            if (names.Contains(flag.Name))
            {
                string prefix = section switch { "peer-transport-security" => "peer-", "socket-options" => "socket-", _ => "" };
                return $"{section}.{flag.Name[prefix.Length..]}";
            }
        }

        return flag.Name switch
        {
            "client-cert-allowed-cn" => "client-transport-security.allowed-cn",
            "client-cert-allowed-hostname" => "client-transport-security.allowed-hostname",
            "peer-cert-allowed-cn" => "peer-transport-security.allowed-cn",
            "peer-cert-allowed-hostname" => "peer-transport-security.allowed-hostname",
            "discovery-token" => "discovery-config.token",
            "discovery-user" => "discovery-config.client.auth.username",
            "discovery-password" => "discovery-config.client.auth.password",
            "discovery-endpoints" or "discovery-dial-timeout" or "discovery-request-timeout" or "discovery-keepalive-time"
                or "discovery-keepalive-timeout" => "discovery-config.client." + flag.Name["discovery-".Length..],
            "discovery-insecure-transport" or "discovery-insecure-skip-tls-verify" or "discovery-cert" or "discovery-key"
                or "discovery-cacert" => "discovery-config.client.secure." + flag.Name["discovery-".Length..],
            _ => flag.Name,
        };
    }

    /// <summary>A value as it stands in a file.</summary>
    private static string ValueOf(Flag flag) => flag.Kind switch
    {
        FlagKind.Switch => "true",
        FlagKind.Count or FlagKind.Count32 or FlagKind.Number or FlagKind.Duration => "1",
        FlagKind.Texts when flag.Name is not ("cors" or "host-whitelist") => "[\"a\"]",
        FlagKind.Choice => $"\"{flag.Choices[0]}\"",
        FlagKind.Urls or FlagKind.Texts => "\"http://127.0.0.1:1\"",
        _ => "\"a\"",
    };
}
