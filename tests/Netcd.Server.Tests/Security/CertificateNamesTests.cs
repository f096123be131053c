using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Netcd.Server.Security;

namespace Netcd.Server.Tests.Security;

/// <summary>Who a certificate is for, by Go's rules.</summary>
public sealed class CertificateNamesTests
{
    [Theory]
    [InlineData("CN=one", "one")]
    [InlineData("O=etcd", "")]
    [InlineData("CN=\"a, b+c\", O=etcd", "a, b+c")]
    public void The_common_name_is_read_from_the_subject(string subject, string name)
    {
        using X509Certificate2 certificate = TestCertificates.SelfSigned(subject);
        Assert.Equal(name, CertificateNames.Of(certificate).CommonName);
    }

    [Fact]
    public void Of_several_common_names_the_last_one_counts_also_within_one_part_of_the_subject()
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Part(writer, ("2.5.4.3", "first"));
            Part(writer, ("2.5.4.3", "second"), ("2.5.4.10", "somebody"));
        }

        using X509Certificate2 certificate = TestCertificates.SelfSigned(new X500DistinguishedName(writer.Encode()));
        Assert.Equal("second", CertificateNames.Of(certificate).CommonName);
    }

    [Theory]
    [InlineData("a.example", true)]
    [InlineData("A.Example", true)]
    [InlineData("a.example.", true)]
    [InlineData("x.wild.example", true)]
    [InlineData("x.y.wild.example", false)]
    [InlineData("wild.example", false)]
    [InlineData(".wild.example", false)]
    [InlineData("*.wild.example", true)]
    [InlineData("*.a.example", false)]
    [InlineData("common", false)]
    [InlineData("", false)]
    [InlineData("192.0.2.1", true)]
    [InlineData("[192.0.2.1]", true)]
    [InlineData("::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.2", false)]
    [InlineData("2001:db8::1", true)]
    [InlineData("[2001:db8:0:0::1]", true)]
    public void A_host_is_compared_with_names_and_addresses_alone(string host, bool isFor)
    {
        using X509Certificate2 certificate = TestCertificates.SelfSigned(
            "CN=common", "a.example", "*.wild.example", "192.0.2.1", "2001:db8::1");
        Assert.Equal(isFor, CertificateNames.Of(certificate).IsFor(host));
    }

    private static void Part(AsnWriter writer, params (string Type, string Value)[] attributes)
    {
        using (writer.PushSetOf())
        {
            foreach ((string type, string value) in attributes)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(type);
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
            }
        }
    }
}
