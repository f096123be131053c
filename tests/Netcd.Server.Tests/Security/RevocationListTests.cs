using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Netcd.Server.Security;

namespace Netcd.Server.Tests.Security;

/// <summary>Revocation lists as files have them.</summary>
public sealed class RevocationListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly X509Certificate2 issuer = TestCertificates.SelfSigned("CN=issuer");
    private readonly X509Certificate2 other = TestCertificates.SelfSigned("CN=other");

    public void Dispose()
    {
        issuer.Dispose();
        other.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_list_in_DER_names_the_certificates_that_it_names()
    {
        RevocationList list = Load(TestCertificates.RevocationList(issuer, [0x7f, 0x00, 0x11], issuer.SerialNumberBytes.ToArray()));
        Assert.Equal(
            $"transport: certificate serial {Convert.ToHexStringLower(issuer.SerialNumberBytes.Span).TrimStart('0')} revoked",
            Trimmed(list.Reject([other, issuer])));
        Assert.Null(list.Reject([other]));
    }

    [Fact]
    public void A_serial_number_that_begins_with_a_high_bit_is_the_same_in_list_and_certificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=high", key, HashAlgorithmName.SHA256);
        using X509Certificate2 high = request.Create(
            issuer, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1), [0x00, 0xf1, 0x02, 0x03]);
        RevocationList list = Load(TestCertificates.RevocationList(issuer, [0x00, 0xf1, 0x02, 0x03]));
        Assert.Equal("transport: certificate serial f10203 revoked", list.Reject([high]));
    }

    [Fact]
    public void PEM_may_hold_several_lists_and_other_things()
    {
        string text = issuer.ExportCertificatePem() + "\n"
            + PemEncoding.WriteString("X509 CRL", TestCertificates.RevocationList(issuer, issuer.SerialNumberBytes.ToArray())) + "\n"
            + PemEncoding.WriteString("X509 CRL", TestCertificates.RevocationList(other, other.SerialNumberBytes.ToArray())) + "\n";
        RevocationList list = Load(Encoding.ASCII.GetBytes(text));
        Assert.NotNull(list.Reject([other]));
        Assert.NotNull(list.Reject([issuer]));
    }

    [Fact]
    public void A_list_may_be_empty() => Assert.Null(Load(TestCertificates.RevocationList(issuer)).Reject([issuer, other]));

    [Fact]
    public void What_is_no_list_is_refused_and_never_read_as_an_empty_one()
    {
        byte[] whole = TestCertificates.RevocationList(issuer, issuer.SerialNumberBytes.ToArray());
        byte[][] wrong =
        [
            [], "garbage"u8.ToArray(), issuer.RawData, Encoding.ASCII.GetBytes(issuer.ExportCertificatePem()), [.. whole, 0], [0x30, 0x00],
            Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", [0x30, 0x00])),
            .. Enumerable.Range(0, whole.Length).Select(length => whole[..length]),
        ];
        Assert.All(wrong, content => Assert.Throws<TlsFileException>(() => Load(content)));
    }

    private static string? Trimmed(string? reason) => reason?.Replace("serial 0", "serial ", StringComparison.Ordinal);

    private RevocationList Load(byte[] content)
    {
        string path = folder.At("list.crl");
        File.WriteAllBytes(path, content);
        return RevocationList.Load(path);
    }
}
