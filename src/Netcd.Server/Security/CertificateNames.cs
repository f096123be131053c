using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>Who a certificate is for, by Go's rules, which etcd's operators know.</summary>
/// <param name="CommonName">The subject's common name; empty where it has none.</param>
/// <param name="DnsNames">Its alternative names.</param>
/// <param name="Addresses">Its addresses.</param>
internal sealed record CertificateNames(string CommonName, IReadOnlyList<string> DnsNames, IReadOnlyList<IPAddress> Addresses)
{
    private const string CommonNameType = "2.5.4.3";

    /// <summary>No names at all.</summary>
    public static CertificateNames None { get; } = new("", [], []);

    /// <summary>Reads the names of a certificate.</summary>
    /// <exception cref="CryptographicException">They cannot be read.</exception>
    public static CertificateNames Of(X509Certificate2 certificate)
    {
        List<string> names = [];
        List<IPAddress> addresses = [];
        foreach (X509SubjectAlternativeNameExtension extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            names.AddRange(extension.EnumerateDnsNames());
            addresses.AddRange(extension.EnumerateIPAddresses());
        }

        try
        {
            return new CertificateNames(ReadCommonName(certificate.SubjectName.RawData), names, addresses);
        }
        catch (AsnContentException failure)
        {
            throw new CryptographicException(failure.Message, failure);
        }
    }

    /// <summary>
    /// Whether it is one for a host: an address (in brackets too), or a name, for which <c>*.</c> in the certificate stands for one label.
    /// The common name does not count.
    /// </summary>
    public bool IsFor(string host)
    {
        string bare = host is ['[', .. string inner, ']'] ? inner : host;
        if (IPAddress.TryParse(bare, out IPAddress? address))
        {
            return Addresses.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        }

        return DnsNames.Any(name => Matches(name.ToLowerInvariant(), host.ToLowerInvariant()));
    }

    private static bool Matches(string name, string host)
    {
        if (!name.StartsWith("*.", StringComparison.Ordinal) || host.Contains('*'))
        {
            return name.Length > 0 && name != "." && name == host.TrimEnd('.');
        }

        int end = host.IndexOf('.', StringComparison.Ordinal);
        return end > 0 && host[end..].TrimEnd('.') == name[1..];
    }

    /// <summary>The last common name among the subject's attributes.</summary>
    private static string ReadCommonName(byte[] subject)
    {
        string found = "";
        AsnReader sets = new AsnReader(subject, AsnEncodingRules.DER).ReadSequence();
        while (sets.HasData)
        {
            AsnReader attributes = sets.ReadSetOf(skipSortOrderValidation: true);
            while (attributes.HasData)
            {
                AsnReader attribute = attributes.ReadSequence();
                if (attribute.ReadObjectIdentifier() == CommonNameType && TryReadText(attribute, out string text))
                {
                    found = text;
                }
            }
        }

        return found;
    }

    private static bool TryReadText(AsnReader value, out string text)
    {
        Asn1Tag tag = value.PeekTag();
        bool isText = tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String
            or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.T61String
            or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString;
        text = isText ? value.ReadCharacterString((UniversalTagNumber)tag.TagValue) : "";
        return isText;
    }
}
