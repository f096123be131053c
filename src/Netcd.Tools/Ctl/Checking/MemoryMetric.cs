using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Netcd.Client;

namespace Netcd.Tools.Ctl.Checking;

/// <summary>How much memory a member's process has, as its page of metrics says.</summary>
internal static class MemoryMetric
{
    public const string Name = "process_resident_memory_bytes";

    /// <summary>Reads it.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="tls">TLS to it, or null.</param>
    /// <param name="output">Is told what went wrong.</param>
    /// <returns>The bytes; 0 where they cannot be had.</returns>
    public static async Task<double> ReadAsync(string endpoint, EtcdTlsOptions? tls, TextWriter output)
    {
        string scheme = tls is null ? "http://" : "https://";
        string url = (endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : scheme + endpoint) + "/metrics";
        try
        {
            using SocketsHttpHandler handler = new() { UseProxy = false, SslOptions = TlsOf(tls ?? new EtcdTlsOptions()) };
            using HttpClient client = new(handler);
            return Find(await client.GetStringAsync(new Uri(url)).ConfigureAwait(false), output);
        }
        catch (Exception failure) when (failure is HttpRequestException or UriFormatException or NotSupportedException
            or OperationCanceledException or IOException or CryptographicException)
        {
            output.WriteLine($"fetch error: {failure.Message}");
            return 0;
        }
    }

    private static double Find(string page, TextWriter output)
    {
        string? line = page.Split('\n').FirstOrDefault(static line => line.StartsWith(Name, StringComparison.Ordinal));
        if (line is null)
        {
            output.WriteLine($"could not find: {Name}");
            return 0;
        }

        string number = line[Name.Length..].Trim();
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double bytes))
        {
            output.WriteLine($"parse error: {number} is no number");
        }

        return bytes;
    }

    private static SslClientAuthenticationOptions TlsOf(EtcdTlsOptions tls)
    {
        SslClientAuthenticationOptions options = new();
        if (tls is { CertificateFile: { } certificate, KeyFile: { } key })
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        }

        if (tls.CaFile is { } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
        }

        if (tls.SkipVerify)
        {
#pragma warning disable CA5359 // Asked for by name, and documented as what it is.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return options;
    }
}
