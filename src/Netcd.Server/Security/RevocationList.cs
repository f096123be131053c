using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>
/// The certificates that a revocation list (RFC 5280, section 5) names. As in etcd only their serial numbers count: neither who has signed
/// the list nor when its next one is due is looked at.
/// </summary>
internal sealed class RevocationList
{
    private const string Label = "X509 CRL";

    private readonly HashSet<string> serials = new(StringComparer.Ordinal);

    private RevocationList()
    {
    }

    /// <summary>Reads a file: one list in DER, or any number of them in PEM.</summary>
    /// <exception cref="TlsFileException">It cannot be read, or holds no list.</exception>
    public static RevocationList Load(string path)
    {
        byte[] content = PemFile.ReadBytes(path);
        try
        {
            return Parse(content) ?? throw new TlsFileException($"{path}: x509: malformed crl");
        }
        catch (AsnContentException failure)
        {
            throw new TlsFileException($"{path}: x509: malformed crl: {failure.Message}", failure);
        }
    }

    /// <summary>What is wrong with certificates that somebody has sent, or null.</summary>
    public string? Reject(IEnumerable<X509Certificate2> certificates)
    {
        foreach (X509Certificate2 certificate in certificates)
        {
            string serial = Text(certificate.SerialNumberBytes.Span);
            if (serials.Contains(serial))
            {
                return $"transport: certificate serial {serial} revoked";
            }
        }

        return null;
    }

    /// <summary>Reads the content of a file; null where there is no list in it.</summary>
    /// <exception cref="AsnContentException">It is not one.</exception>
    internal static RevocationList? Parse(byte[] content)
    {
        RevocationList list = new();
        bool isFound = false;
        ReadOnlySpan<char> rest = System.Text.Encoding.Latin1.GetString(content);
        for (; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label] is Label)
            {
                list.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
                isFound = true;
            }
        }

        if (!isFound && content is [0x30, ..])
        {
            list.Add(content);
            isFound = true;
        }

        return isFound ? list : null;
    }

    private void Add(byte[] der)
    {
        AsnReader file = new(der, AsnEncodingRules.DER);
        AsnReader signed = file.ReadSequence();
        file.ThrowIfNotEmpty();
        AsnReader list = signed.ReadSequence();
        if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
        {
            list.ReadInteger();
        }

        list.ReadSequence();
        list.ReadSequence();
        ReadTime(list);
        if (list.HasData && IsTime(list.PeekTag()))
        {
            ReadTime(list);
        }

        if (!list.HasData || !list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            return;
        }

        AsnReader entries = list.ReadSequence();
        while (entries.HasData)
        {
            serials.Add(Text(entries.ReadSequence().ReadIntegerBytes().Span));
        }
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static void ReadTime(AsnReader reader)
    {
        if (!IsTime(reader.PeekTag()))
        {
            throw new AsnContentException("a revocation list has a date");
        }

        reader.ReadEncodedValue();
    }

    /// <summary>A serial number as etcd writes it: without the zero that keeps it from being negative.</summary>
    private static string Text(ReadOnlySpan<byte> number) => Convert.ToHexStringLower(number.TrimStart((byte)0));
}
