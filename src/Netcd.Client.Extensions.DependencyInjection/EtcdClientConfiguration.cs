using System.Globalization;
using Microsoft.Extensions.Configuration;
using Netcd.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// The options of a client in a section of the configuration. Read by name rather than by a binder: one that works without reflection
/// cannot set what is settled when it is made, and none says that a name is misspelt.
/// </summary>
internal static class EtcdClientConfiguration
{
    private static readonly Dictionary<string, Func<EtcdClientOptions, IConfigurationSection, EtcdClientOptions>> Readers =
        new(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(EtcdClientOptions.Endpoints)] = static (o, s) => o with { Endpoints = List(s) },
            [nameof(EtcdClientOptions.UserName)] = static (o, s) => o with { UserName = s.Value },
            [nameof(EtcdClientOptions.Password)] = static (o, s) => o with { Password = s.Value },
            [nameof(EtcdClientOptions.PasswordFile)] = static (o, s) => o with { PasswordFile = s.Value },
            [nameof(EtcdClientOptions.Token)] = static (o, s) => o with { Token = s.Value },
            [nameof(EtcdClientOptions.TokenFile)] = static (o, s) => o with { TokenFile = s.Value },
            [nameof(EtcdClientOptions.Tls)] = static (o, s) => o with { Tls = Tls(s) },
            [nameof(EtcdClientOptions.DialTimeout)] = static (o, s) => o with { DialTimeout = Time(s) },
            [nameof(EtcdClientOptions.CallTimeout)] = static (o, s) => o with { CallTimeout = Time(s) },
            [nameof(EtcdClientOptions.KeepAliveTime)] = static (o, s) => o with { KeepAliveTime = Time(s) },
            [nameof(EtcdClientOptions.KeepAliveTimeout)] = static (o, s) => o with { KeepAliveTimeout = Time(s) },
            [nameof(EtcdClientOptions.MaxRetries)] = static (o, s) => o with { MaxRetries = Number(s) },
            [nameof(EtcdClientOptions.RetryBackoff)] = static (o, s) => o with { RetryBackoff = Time(s) },
            [nameof(EtcdClientOptions.RetryJitter)] = static (o, s) => o with { RetryJitter = Fraction(s) },
            [nameof(EtcdClientOptions.MaxSendBytes)] = static (o, s) => o with { MaxSendBytes = Number(s) },
            [nameof(EtcdClientOptions.MaxReceiveBytes)] = static (o, s) => o with { MaxReceiveBytes = Number(s) },
            [nameof(EtcdClientOptions.RequireLeader)] = static (o, s) => o with { RequireLeader = Truth(s) },
        };

    private static readonly Dictionary<string, Func<EtcdTlsOptions, IConfigurationSection, EtcdTlsOptions>> TlsReaders =
        new(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(EtcdTlsOptions.CaFile)] = static (o, s) => o with { CaFile = s.Value },
            [nameof(EtcdTlsOptions.CertificateFile)] = static (o, s) => o with { CertificateFile = s.Value },
            [nameof(EtcdTlsOptions.KeyFile)] = static (o, s) => o with { KeyFile = s.Value },
            [nameof(EtcdTlsOptions.ServerName)] = static (o, s) => o with { ServerName = s.Value },
            [nameof(EtcdTlsOptions.SkipVerify)] = static (o, s) => o with { SkipVerify = Truth(s) },
        };

    /// <exception cref="ArgumentException">A name or a value is wrong; the message says which.</exception>
    public static EtcdClientOptions Read(IConfiguration section) => Read(section, new EtcdClientOptions(), Readers);

    private static EtcdTlsOptions Tls(IConfigurationSection section) => Read(section, new EtcdTlsOptions(), TlsReaders);

    private static T Read<T>(IConfiguration section, T options, Dictionary<string, Func<T, IConfigurationSection, T>> readers)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!readers.TryGetValue(child.Key, out Func<T, IConfigurationSection, T>? reader))
            {
                throw new ArgumentException(
                    $"{child.Path} is not an option of the client: there are {string.Join(", ", readers.Keys)}");
            }

            options = reader(options, child);
        }

        return options;
    }

    /// <summary>A list, or one text with commas between the endpoints, as environment variables have it.</summary>
    private static string[] List(IConfigurationSection section) => section.Value is { } text
        ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [.. section.GetChildren().Select(static child => child.Value ?? "")];

    private static TimeSpan Time(IConfigurationSection section) =>
        TimeSpan.TryParse(section.Value, CultureInfo.InvariantCulture, out TimeSpan time)
            ? time
            : throw Wrong(section, "a time such as 00:00:05");

    private static int Number(IConfigurationSection section) =>
        int.TryParse(section.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Wrong(section, $"a whole number up to {int.MaxValue}");

    private static double Fraction(IConfigurationSection section) =>
        double.TryParse(section.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double fraction)
            ? fraction
            : throw Wrong(section, "a number such as 0.1");

    private static bool Truth(IConfigurationSection section) =>
        bool.TryParse(section.Value, out bool truth) ? truth : throw Wrong(section, "true or false");

    private static ArgumentException Wrong(IConfigurationSection section, string right) =>
        new($"{section.Path} must be {right}, not '{section.Value}'");
}
