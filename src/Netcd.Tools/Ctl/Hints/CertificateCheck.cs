using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Tools.Ctl.Hints;

/// <summary>What is wrong with the certificate that a server shows. All are taken, so that the connection goes on to where the next thing
/// may be wrong.</summary>
internal sealed class CertificateCheck(string host)
{
    private const string SubjectAlternativeNames = "2.5.29.17";

    /// <summary>Whether a certificate was shown.</summary>
    public bool IsSeen { get; private set; }

    /// <summary>What is wrong with it, or null.</summary>
    public EndpointReport? Report { get; private set; }

    /// <summary>Looks at a certificate.</summary>
    /// <returns>That it may be used.</returns>
    public bool Note(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        IsSeen = true;
        if (shown is X509Certificate2 certificate && errors != SslPolicyErrors.None)
        {
            Report = Of(certificate, chain, errors);
        }

        return true;
    }

    private EndpointReport Of(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        DateTime now = DateTime.Now;
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            string until = Date(certificate.NotAfter), from = Date(certificate.NotBefore);
            return new EndpointReport(
                EndpointFinding.WrongTime, now > certificate.NotAfter ? $"expired on {until}" : $"is not valid before {from}");
        }

        bool isTimeWrong = chain?.ChainStatus.Any(static status => status.Status == X509ChainStatusFlags.NotTimeValid) is true;
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? new EndpointReport(EndpointFinding.NotTrusted, isTimeWrong ? "an authority that has expired" : certificate.Issuer)
            : new EndpointReport(EndpointFinding.WrongName, $"for {NamesOf(certificate)}, not for {host}");
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions
            .Where(static extension => extension.Oid?.Value == SubjectAlternativeNames)
            .Select(static extension => extension as X509SubjectAlternativeNameExtension
                ?? new X509SubjectAlternativeNameExtension(extension.RawData, extension.Critical))
            .FirstOrDefault();
        string[] all = names is null
            ? []
            : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(static address => address.ToString())];
        return all.Length == 0 ? $"no name ({certificate.Subject})" : string.Join(", ", all);
    }

    private static string Date(DateTime time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
