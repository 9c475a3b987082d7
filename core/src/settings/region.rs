//! The regions of Genesys Cloud and the ways to write them.

use core::fmt;
use core::str::FromStr;

macro_rules! regions {
    ($($variant:ident $name:literal $aws:literal $domain:literal $place:literal;)*) => {
        /// A region of Genesys Cloud.
        ///
        /// The list is that of the official SDKs, and grows. Use
        /// [`Endpoint::custom_domain`](crate::settings::Endpoint::custom_domain) for a region that is missing here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Region {
            $(#[doc = concat!("`", $name, "`: ", $place, ", domain `", $domain, "`.")] $variant,)*
        }

        impl Region {
            /// All regions.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name that the official SDKs use, `eu_central_1`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the AWS region, `eu-central-1`.
            #[must_use]
            pub const fn aws_region(self) -> &'static str {
                match self { $(Self::$variant => $aws,)* }
            }

            /// Returns the domain of the login and API hosts, `mypurecloud.de`.
            #[must_use]
            pub const fn domain(self) -> &'static str {
                match self { $(Self::$variant => $domain,)* }
            }

            /// Returns the host of the token endpoint, `login.mypurecloud.de`.
            #[must_use]
            pub const fn login_host(self) -> &'static str {
                match self { $(Self::$variant => concat!("login.", $domain),)* }
            }

            /// Returns the host of the Platform API, `api.mypurecloud.de`.
            #[must_use]
            pub const fn api_host(self) -> &'static str {
                match self { $(Self::$variant => concat!("api.", $domain),)* }
            }

            /// Returns the location for display: `Frankfurt`.
            #[must_use]
            pub const fn place(self) -> &'static str {
                match self { $(Self::$variant => $place,)* }
            }
        }
    };
}

regions! {
    UsEast1 "us_east_1" "us-east-1" "mypurecloud.com" "N. Virginia";
    UsEast2 "us_east_2" "us-east-2" "use2.us-gov-pure.cloud" "Ohio (FedRAMP)";
    UsWest2 "us_west_2" "us-west-2" "usw2.pure.cloud" "Oregon";
    CaCentral1 "ca_central_1" "ca-central-1" "cac1.pure.cloud" "Canada";
    MxCentral1 "mx_central_1" "mx-central-1" "mxc1.pure.cloud" "Mexico";
    SaEast1 "sa_east_1" "sa-east-1" "sae1.pure.cloud" "São Paulo";
    EuWest1 "eu_west_1" "eu-west-1" "mypurecloud.ie" "Dublin";
    EuWest2 "eu_west_2" "eu-west-2" "euw2.pure.cloud" "London";
    EuCentral1 "eu_central_1" "eu-central-1" "mypurecloud.de" "Frankfurt";
    EuCentral2 "eu_central_2" "eu-central-2" "euc2.pure.cloud" "Zurich";
    EuscDeEast1 "eusc_de_east_1" "eusc-de-east-1" "edee1.eusc-pure.cloud" "European Sovereign Cloud";
    MeCentral1 "me_central_1" "me-central-1" "mec1.pure.cloud" "United Arab Emirates";
    ApSouth1 "ap_south_1" "ap-south-1" "aps1.pure.cloud" "Mumbai";
    ApSoutheast1 "ap_southeast_1" "ap-southeast-1" "apse1.pure.cloud" "Singapore";
    ApSoutheast2 "ap_southeast_2" "ap-southeast-2" "mypurecloud.com.au" "Sydney";
    ApNortheast1 "ap_northeast_1" "ap-northeast-1" "mypurecloud.jp" "Tokyo";
    ApNortheast2 "ap_northeast_2" "ap-northeast-2" "apne2.pure.cloud" "Seoul";
    ApNortheast3 "ap_northeast_3" "ap-northeast-3" "apne3.pure.cloud" "Osaka";
}

impl Region {
    /// The regions in Europe: the candidates for `eu`.
    pub(super) const EUROPE: &'static [Self] =
        &[Self::EuWest1, Self::EuWest2, Self::EuCentral1, Self::EuCentral2, Self::EuscDeEast1];

    /// Returns the region of a domain such as `mypurecloud.de`, case-insensitively.
    #[must_use]
    pub fn from_domain(domain: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|region| region.domain().eq_ignore_ascii_case(domain))
    }
}

/// The SDK name.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Accepts the SDK name, the AWS name, the domain and unambiguous short names, all case-insensitive.
impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let text = text.trim_ascii();
        if let Some(region) = Self::ALL.iter().copied().find(|region| {
            text.eq_ignore_ascii_case(region.name())
                || text.eq_ignore_ascii_case(region.aws_region())
                || text.eq_ignore_ascii_case(region.domain())
        }) {
            return Ok(region);
        }
        let short = SHORT_WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
        short.map_or(Err(RegionError { candidates: Self::ALL }), |(_, meaning)| match meaning {
            Meaning::One(region) => Ok(*region),
            Meaning::Several(candidates) => Err(RegionError { candidates }),
        })
    }
}

enum Meaning {
    One(Region),
    Several(&'static [Region]),
}

/// `us` is the SDKs' default region; the other countries have a single one. Other codes are ambiguous.
const SHORT_WORDS: &[(&str, Meaning)] = &[
    ("us", Meaning::One(Region::UsEast1)),
    ("au", Meaning::One(Region::ApSoutheast2)),
    ("jp", Meaning::One(Region::ApNortheast1)),
    ("ca", Meaning::One(Region::CaCentral1)),
    ("in", Meaning::One(Region::ApSouth1)),
    ("br", Meaning::One(Region::SaEast1)),
    ("sg", Meaning::One(Region::ApSoutheast1)),
    ("kr", Meaning::One(Region::ApNortheast2)),
    ("ae", Meaning::One(Region::MeCentral1)),
    ("mx", Meaning::One(Region::MxCentral1)),
    ("ie", Meaning::One(Region::EuWest1)),
    ("uk", Meaning::One(Region::EuWest2)),
    ("gb", Meaning::One(Region::EuWest2)),
    ("ch", Meaning::One(Region::EuCentral2)),
    ("eu", Meaning::Several(Region::EUROPE)),
    ("de", Meaning::Several(&[Region::EuCentral1, Region::EuscDeEast1])),
    (
        "ap",
        Meaning::Several(&[
            Region::ApSouth1,
            Region::ApSoutheast1,
            Region::ApSoutheast2,
            Region::ApNortheast1,
            Region::ApNortheast2,
            Region::ApNortheast3,
        ]),
    ),
];

/// The error for an unknown region, or a name that is ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionError {
    /// The candidates; all regions if the name is unknown.
    pub candidates: &'static [Region],
}

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.candidates.len() == Region::ALL.len() {
            "unknown region; write one of "
        } else {
            "the region is ambiguous; write one of "
        })?;
        for (index, region) in self.candidates.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{} ({})", region.name(), region.domain())?;
        }
        f.write_str("; a region newer than this list is reached by its domain, as a custom domain")
    }
}

impl core::error::Error for RegionError {}

/// As [`FromStr`](#impl-FromStr-for-Region).
impl TryFrom<&str> for Region {
    type Error = RegionError;

    fn try_from(text: &str) -> Result<Self, RegionError> {
        text.parse()
    }
}
