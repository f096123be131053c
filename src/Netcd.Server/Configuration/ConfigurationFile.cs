using System.Globalization;
using Netcd.Engine.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Netcd.Server.Configuration;

/// <summary>Reads settings from a file in YAML or JSON, whose keys are the flags' names in any case.</summary>
internal static class ConfigurationFile
{
    private const string ClientSecurity = "client-transport-security";
    private const string PeerSecurity = "peer-transport-security";
    private const string SocketOptions = "socket-options";
    private const string DiscoveryConfig = "discovery-config";
    private const string DiscoveryPrefix = "discovery-";
    private const string Endpoints = "discovery-endpoints";

    /// <summary>Keys that are not the flags' names, and the flags they mean.</summary>
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["experimental-snapshot-catch-up-entries"] = "experimental-snapshot-catchup-entries",
        [ClientSecurity + ".allowed-cn"] = "client-cert-allowed-cn",
        [ClientSecurity + ".allowed-cns"] = "client-cert-allowed-cn",
        [ClientSecurity + ".allowed-hostname"] = "client-cert-allowed-hostname",
        [ClientSecurity + ".allowed-hostnames"] = "client-cert-allowed-hostname",
        [PeerSecurity + ".allowed-cn"] = "peer-cert-allowed-cn",
        [PeerSecurity + ".allowed-cns"] = "peer-cert-allowed-cn",
        [PeerSecurity + ".allowed-hostname"] = "peer-cert-allowed-hostname",
        [PeerSecurity + ".allowed-hostnames"] = "peer-cert-allowed-hostname",
        [DiscoveryConfig + ".client.auth.username"] = "discovery-user",
    };

    /// <summary>A setting without a flag and, on the ports for clients, without effect: etcd has it for both sides.</summary>
    private static readonly Flag ClientSanVerification =
        new("skip-client-san-verification", FlagKind.Switch, "false", "Clients may come from anywhere.");

    /// <summary>Sections, and what stands before the names of the flags that their keys mean.</summary>
    private static readonly Dictionary<string, string> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [ClientSecurity] = "",
        [PeerSecurity] = "peer-",
        [SocketOptions] = "socket-",
        [DiscoveryConfig] = DiscoveryPrefix,
        [DiscoveryConfig + ".client"] = DiscoveryPrefix,
        [DiscoveryConfig + ".client.secure"] = DiscoveryPrefix,
        [DiscoveryConfig + ".client.auth"] = DiscoveryPrefix,
    };

    /// <summary>Lists that stand in a file as on the command line: texts between commas.</summary>
    private static readonly string[] TextsInOne = ["cors", "host-whitelist", Endpoints];

    private static readonly Dictionary<string, Flag> Flags =
        FlagTable.All.ToDictionary(flag => flag.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the file into settings.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or a value is wrong.</exception>
    public static void Read(string path, Settings settings, List<string> warnings)
    {
        if (Parse(path, Load(path), warnings) is { } root)
        {
            ReadSection(path, "", "", root, settings, warnings);
        }
    }

    private static string Load(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string reason = failure is FileNotFoundException or DirectoryNotFoundException ? "no such file or directory" : failure.Message;
            throw new ConfigurationException($"open {path}: {reason}");
        }
    }

    private static YamlMappingNode? Parse(string path, string text, List<string> warnings)
    {
        YamlNode? root;
        try
        {
            root = YamlTree.Load(text, (key, line) => warnings.Add(string.Create(
                CultureInfo.InvariantCulture, $"'{key}' is set again in line {line} of {path}: the last value counts")));
        }
        catch (YamlException failure)
        {
            throw new ConfigurationException(string.Create(
                CultureInfo.InvariantCulture,
                $"error converting YAML to JSON: yaml: {path}: line {failure.Start.Line}: {failure.Message}"));
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            // The library trips over some texts that are no YAML instead of saying so.
            throw new ConfigurationException($"error converting YAML to JSON: yaml: {path}: {failure.Message}");
        }

        return root is null || IsNull(root) ? null : root as YamlMappingNode
            ?? throw new ConfigurationException($"{path}: expected settings as 'name: value', found {Describe(root)}");
    }

    private static void ReadSection(
        string path, string section, string prefix, YamlMappingNode entries, Settings settings, List<string> warnings)
    {
        foreach ((YamlNode keyNode, YamlNode value) in entries.Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value ?? "";
            string place = section.Length == 0 ? key : section + "." + key;
            if (Sections.TryGetValue(place, out string? inner))
            {
                if (!IsNull(value))
                {
                    YamlMappingNode nested = value as YamlMappingNode
                        ?? throw new ConfigurationException($"{path}: {place}: expected a section, found {Describe(value)}");
                    ReadSection(path, place, inner, nested, settings, warnings);
                }
            }
            else if (Flags.TryGetValue(OtherNames.GetValueOrDefault(place, prefix + key), out Flag? flag))
            {
                if (!IsNull(value) && ReadValue($"{path}: {place}", flag, value) is { } text)
                {
                    settings.Set(flag, text);
                }
            }
            else if (string.Equals(place, ClientSecurity + "." + ClientSanVerification.Name, StringComparison.OrdinalIgnoreCase))
            {
                _ = IsNull(value) ? null : ReadValue($"{path}: {place}", ClientSanVerification, value);
            }
            else
            {
                warnings.Add($"unknown setting '{place}' in {path}");
            }
        }
    }

    /// <summary>The text of a value; null where it leaves the default in force, as an empty list does, and many an empty text.</summary>
    private static string? ReadValue(string place, Flag flag, YamlNode value)
    {
        bool isList = !TextsInOne.Contains(flag.Name) || (flag.Name == Endpoints && value is YamlSequenceNode);
        if (flag.Kind == FlagKind.Texts && isList)
        {
            YamlSequenceNode list = value as YamlSequenceNode
                ?? throw new ConfigurationException($"{place}: expected a list, found {Describe(value)}");
            return list.Children.Count == 0
                ? null
                : string.Join(',', list.Children.Select(item => Text(place, Scalar(place, "texts", item))));
        }

        string text = flag.Kind switch
        {
            FlagKind.Switch => ReadBoolean(place, Scalar(place, "true or false", value)),
            FlagKind.Count or FlagKind.Count32 or FlagKind.Number => Number(place, Scalar(place, "a whole number", value)),
            FlagKind.Duration => Number(place, Scalar(place, "a whole number of nanoseconds", value)) + "ns",
            _ => Text(place, Scalar(place, "a text", value)),
        };
        if (text.Length == 0 && (flag.Kind is FlagKind.Choice or FlagKind.Urls || TextsInOne.Contains(flag.Name)))
        {
            return null;
        }

        return FlagText.Check(flag, text) is not { } error ? text : throw new ConfigurationException(flag.Kind switch
        {
            FlagKind.Urls => $"unexpected error setting up {flag.Name}: {error}",
            FlagKind.Choice when flag.Name == "initial-cluster-state" => $"unexpected clusterState \"{text}\"",
            _ => $"{place}: invalid value \"{text}\": {error}",
        });
    }

    private static YamlScalarNode Scalar(string place, string expected, YamlNode value) => value as YamlScalarNode
        ?? throw new ConfigurationException($"{place}: expected {expected}, found {Describe(value)}");

    /// <summary>A boolean in the spellings of YAML 1.1, which etcd's files may have.</summary>
    private static string ReadBoolean(string place, YamlScalarNode value) => value.Style != ScalarStyle.Plain
        ? throw new ConfigurationException($"{place}: expected true or false, found {Describe(value)}")
        : value.Value?.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" or "y" => "true",
            "false" or "no" or "off" or "n" => "false",
            _ => throw new ConfigurationException($"{place}: expected true or false, found {Describe(value)}"),
        };

    private static string Number(string place, YamlScalarNode value) =>
        value.Style == ScalarStyle.Plain && GoNumber.TryReadSigned(value.Value ?? "", out _) != GoNumber.SyntaxError
            ? value.Value!
            : throw new ConfigurationException($"{place}: expected a whole number, found {Describe(value)}");

    private static string Text(string place, YamlScalarNode value)
    {
        // Unquoted, these are not texts in YAML, and etcd refuses them: a name of digits must be quoted.
        bool isOther = value.Style == ScalarStyle.Plain
            && (value.Value is "true" or "false" || decimal.TryParse(value.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        return isOther
            ? throw new ConfigurationException($"{place}: expected a text, found {Describe(value)}: put it between quotes")
            : value.Value ?? "";
    }

    private static bool IsNull(YamlNode value) =>
        value is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static string Describe(YamlNode value) => value switch
    {
        YamlScalarNode scalar => $"'{scalar.Value}'",
        YamlSequenceNode => "a list",
        _ => "a section",
    };
}
