using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Netcd.Server.Security;

namespace Netcd.Fuzzing.Targets;

/// <summary>A list of revoked certificates, in DER or PEM.</summary>
internal sealed class RevocationListTarget : IFuzzTarget
{
    public RevocationListTarget()
    {
        CertificateRevocationListBuilder list = new();
        list.AddEntry([0x10, 0x02], DateTimeOffset.UnixEpoch);
        list.AddEntry([0x00, 0xf1, 0x02], DateTimeOffset.UnixEpoch, X509RevocationReason.KeyCompromise);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] der = list.Build(
            new X500DistinguishedName("CN=issuer"),
            X509SignatureGenerator.CreateForECDsa(key),
            1,
            DateTimeOffset.UnixEpoch.AddDays(2),
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3]),
            DateTimeOffset.UnixEpoch.AddDays(1));
        Seeds = [der, System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", der))];
    }

    public string Name => "revocation-list";

    public IReadOnlyList<byte[]> Seeds { get; }

    public IReadOnlyList<byte[]> Words { get; } =
    [
        "-----BEGIN X509 CRL-----\n"u8.ToArray(), "\n-----END X509 CRL-----\n"u8.ToArray(), [0x30, 0x80],
        [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], [0x02, 0x01, 0x00], [0x17, 0x0d], [0xa0, 0x00],
    ];

    public Verdict Run(byte[] input)
    {
        try
        {
            return RevocationList.Parse(input) is null ? Verdict.Refused : Verdict.Accepted;
        }
        catch (AsnContentException)
        {
            return Verdict.Refused;
        }
    }

    public void Dispose()
    {
    }
}
